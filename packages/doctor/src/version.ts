// The version of this package.

/** Kept equal to package.json by a test: reading that file would not work from a bundle. */
export const VERSION = "0.1.0";
