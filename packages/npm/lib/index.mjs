import core from "./index.cjs";

export const { AssayError, Emulator, FindingsError, startEmulator } = core;
