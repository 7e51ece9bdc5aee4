import core from "./jest.cjs";

export const { useAssay } = core;
