export const TARGET: URL;
export function compile(): Promise<string>;
