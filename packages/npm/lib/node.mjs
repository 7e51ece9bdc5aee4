import core from "./node.cjs";

export const { useAssay } = core;
