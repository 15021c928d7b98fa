// Types of lab-tools.mjs, for the tests.

export declare const LAB_DEBIAN: readonly (string | { readonly name: string; readonly command: string })[];
