import { expect, test } from "vitest";
import { withSection } from "./page.js";

const PAGE = "# Page\n\n<!-- one -->\n\nold\n\n<!-- /one -->\n\ntext\n\n<!-- two --><!-- /two -->\n";

test("a table takes the place of the one before, and leaves the rest of the page", () => {
  expect(withSection(PAGE, "one", "new\n")).toBe(PAGE.replace("old", "new"));
  expect(withSection(PAGE, "two", "new")).toBe(
    PAGE.replace("<!-- two --><!-- /two -->", "<!-- two -->\n\nnew\n\n<!-- /two -->"),
  );
});

test("a page without the section is not changed", () => {
  expect(() => withSection(PAGE, "three", "new")).toThrow("<!-- three -->");
});
