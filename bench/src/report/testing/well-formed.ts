const TAG = /^<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/;
const STRAY_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\dA-Fa-f]+);)/;

/** What is wrong with a document, `undefined` when it is well-formed XML of elements, attributes and text alone. */
export function faultOf(xml: string): string | undefined {
  const ampersand = STRAY_AMPERSAND.exec(xml);
  if (ampersand !== null) return `stray ampersand: ${xml.slice(ampersand.index, ampersand.index + 30)}`;
  const open: string[] = [];
  let roots = 0;
  for (let at = xml.indexOf("<"); at !== -1; at = xml.indexOf("<", at + 1)) {
    const tag = TAG.exec(xml.slice(at));
    if (tag === null) return `not a tag: ${xml.slice(at, at + 30)}`;
    const [, closes, name, attributes = "", empty] = tag;
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map((match) => match[1]);
    if (new Set(names).size < names.length) return `attribute twice: ${tag[0]}`;
    if (open.length === 0 && closes === "") roots++;
    if (closes === "/") {
      if (open.pop() !== name) return `closed, but not open: ${name}`;
    } else if (empty === "") open.push(name!);
  }
  if (open.length > 0) return `not closed: ${open.join(", ")}`;
  return roots === 1 ? undefined : `${roots} roots`;
}
