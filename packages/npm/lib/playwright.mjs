import core from "./playwright.cjs";

export const { assayTest, test } = core;
