/** In pixels; what text is measured with must be what it is drawn with. */
export const FONT_SIZE = { heading: 19, title: 14, text: 12, small: 11 } as const;

/** The hatching of the limit's bar. */
export const HATCHING: string =
  '<pattern id="hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
  '<line class="hatching" x1="0" y1="0" x2="0" y2="5"/></pattern>';

/**
 * Colours for light and for dark. The page has a background of its own: a reader's site may be light while their system
 * is dark. No custom properties, because not all that show SVG know them.
 */
export const STYLE: string = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-size: ${FONT_SIZE.text}px; fill: #1f2328; }
.heading { font-size: ${FONT_SIZE.heading}px; font-weight: 600; }
.title { font-size: ${FONT_SIZE.title}px; font-weight: 600; }
.muted { font-size: ${FONT_SIZE.small}px; fill: #59636e; }
.name { text-anchor: end; }
.value { font-variant-numeric: tabular-nums; }
.strong { font-weight: 600; fill: #4338ca; }
.page { fill: #ffffff; stroke: #d1d9e0; }
.rule { stroke: #d1d9e0; }
.kreuz { fill: #4f46e5; }
.kreuz.second { fill: #b4b0f5; }
.peer { fill: #98a2b0; }
.peer.second { fill: #c8cfd8; }
.limit { fill: url(#hatching); stroke: #7b8593; }
.limit.second { stroke: #b9c1cb; }
.hatching { stroke: #b9c1cb; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.muted { fill: #9198a1; }
.strong { fill: #a5a2ff; }
.page { fill: #0d1117; stroke: #3d444d; }
.rule { stroke: #3d444d; }
.kreuz { fill: #7c78f8; }
.kreuz.second { fill: #4845a0; }
.peer { fill: #6a7482; }
.peer.second { fill: #434c58; }
.limit { stroke: #848e9b; }
.limit.second { stroke: #4a535f; }
.hatching { stroke: #4a535f; }
}
`;
