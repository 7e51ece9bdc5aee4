import type { test as base } from "@playwright/test";
import type { AssayOptions, Emulator } from "./index.cjs";

type WithAssay = ReturnType<typeof base.extend<{ assay: Emulator }>>;

/** Makes a `test` whose fixture `assay` is set up like this. */
export function assayTest(options?: AssayOptions): WithAssay;

/** A `test` with the fixture `assay`: an emulator for each worker, a fresh API key for each test. */
export const test: WithAssay;
