import type { TestAPI } from "vitest";
import type { AssayOptions, Emulator } from "./index.mjs";

/** Makes a `test` whose fixture `assay` is set up like this. */
export function assayTest(options?: AssayOptions): TestAPI<{ assay: Emulator }>;

/** A `test` with the fixture `assay`: an emulator for each worker, a fresh API key for each test. */
export const test: TestAPI<{ assay: Emulator }>;
