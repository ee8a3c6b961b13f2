// `npm start`: the same as `npm run kreuz -- start`.
process.argv.splice(2, 0, "start");
await import("./kreuz.mjs");
