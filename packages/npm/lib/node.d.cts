import type { AssayOptions, Emulator } from "./index.cjs";

/**
 * An emulator for this file's tests, with a fresh API key for each. Findings fail the test that made them. To be called
 * at the top of a test file or of a suite.
 */
export function useAssay(options?: AssayOptions): Emulator;
