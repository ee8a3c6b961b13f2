/**
 * Whether tests with an adjustable size run at their full one: in continuous integration, which sets `CI`. Elsewhere they
 * are as small as still shows the fault, so that `npm test` takes minutes.
 */
export const THOROUGH: boolean = process.env["CI"] !== undefined;
