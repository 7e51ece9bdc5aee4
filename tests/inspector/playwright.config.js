import { defineConfig } from "@playwright/test";
import { execFileSync } from "node:child_process";

const chromium = execFileSync("sh", ["-c", 'command -v "$0"', process.env.CHROMIUM ?? "chromium"]).toString().trim();

export default defineConfig({
  testDir: ".",
  timeout: 60_000,
  workers: 2,
  fullyParallel: true,
  reporter: "line",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 860 },
    permissions: ["clipboard-read", "clipboard-write"],
    launchOptions: {
      executablePath: chromium,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
    },
  },
});
