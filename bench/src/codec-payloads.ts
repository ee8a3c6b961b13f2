/** 4 KiB or so of arguments of one kind each, such as applications send. */
export const PAYLOADS: Readonly<Record<string, readonly unknown[]>> = {
  "one plain string": ["x".repeat(4090)],
  "German text": [
    repeated("Zwölf große Boxkämpfer jagen Viktor quer über den Sylter Deich, während es draußen schneit. "),
  ],
  "Chinese text": [repeated("快速的棕色狐狸跳过了那只懒惰的狗，然后它们一起在河边看日落，直到星星出来。")],
  "text with line ends": [repeated(`${"An event log line of forty characters."}\n`)],
  "40 strings": Array.from({ length: 40 }, (_, index) =>
    `com.example.device.${1000 + index}.temperature.celsius.average`.padEnd(80, "-"),
  ),
  "400 short strings": Array.from({ length: 400 }, (_, index) => `tag-${index}`),
  "40 sensor readings": Array.from({ length: 40 }, (_, index) => ({
    id: 1000 + index,
    name: `sensor-${index}`,
    temperature: Math.round(2050 + index * 7.3) / 100,
    humidity: Math.round(4000 + index * 97.1) / 10_000,
    ok: index % 5 !== 0,
  })),
  "400 numbers": Array.from({ length: 400 }, (_, index) =>
    index % 3 === 0 ? index * 7919 : Math.round(index * 1234.567) / 100,
  ),
  "200 numbers of 17 digits": Array.from({ length: 200 }, (_, index) => Math.sin(index + 1)),
  "one dict of 50 bytes": [{ a: 1, name: "bolt", price: 12.5, ok: true, n: null }],
};

function repeated(text: string): string {
  const bytes = new TextEncoder().encode(text).length;
  return text.repeat(Math.floor(4090 / bytes));
}
