// Types of nodes.mjs, for the tests.

export declare const NODE_VERSIONS: { readonly [major: string]: string };
export declare function ensureNodes(majors?: readonly number[]): Map<number, string>;
