/** The names of a new project, in all spellings. */
export interface Names {
  /** Of the npm package: `@acme/kreuz-plugin-audit`. */
  readonly package: string;
  /** Its last part: `kreuz-plugin-audit`. */
  readonly folder: string;
  /** Of the plugin: `audit`. */
  readonly kebab: string;
  /** Of the export: `audit`, `orderCheck`. */
  readonly camel: string;
  /** In URIs: `order_check`. */
  readonly snake: string;
}

const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** @throws Error for what is no name of an npm package. */
export function namesOf(given: string): Names {
  if (!PACKAGE_NAME.test(given) || given.length > 214)
    throw new Error(
      `"${given}" is no name for an npm package: expected lower-case letters, digits, "-", "_" and ".", perhaps with a scope, such as @acme/my-plugin`,
    );
  const folder = given.split("/").at(-1) ?? given;
  const words: string[] = folder.replace(/^kreuz-(plugin-)?(?=.)/, "").match(/[a-z0-9]+/g) ?? [];
  // An identifier does not begin with a digit.
  if (!/^[a-z]/.test(words[0] ?? "")) words.unshift("plugin");
  const [first = "", ...others] = words;
  const camel = first + others.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
  return { package: given, folder, kebab: words.join("-"), camel, snake: words.join("_") };
}

/** Puts the names in the place of those that the templates have. */
export function withNames(text: string, { kebab, camel, snake }: Names): string {
  return text.replaceAll("my-plugin", kebab).replaceAll("myPlugin", camel).replaceAll("my_plugin", snake);
}
