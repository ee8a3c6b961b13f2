import { KINDS, type Kind, type License, type Service } from "./kinds.js";
import { licenseText } from "./legal-text.js";
import type { Names } from "./names.js";

/** Version ranges by package. */
export type Versions = Readonly<Record<string, string>>;

/** What the files depend on. */
export interface Project {
  readonly names: Names;
  readonly kind: Kind;
  readonly license: License;
  readonly author: string | undefined;
  readonly ci: Service;
  readonly versions: Versions;
}

/** The files that every kind of project has, by their paths. */
export function projectFiles(project: Project): Readonly<Record<string, string>> {
  const { license, author, ci } = project;
  return {
    "package.json": json(manifest(project)),
    "tsconfig.json": json(TSCONFIG),
    "README.md": readme(project),
    "CHANGELOG.md": "# Changelog\n\n## 0.1.0\n\nThe first version.\n",
    ".gitignore": "node_modules/\ndist/\n*.tgz\n",
    ...(license === "UNLICENSED" ? {} : { LICENSE: licenseText(license, author) }),
    ...(ci === "github" ? { ".github/workflows/test.yml": GITHUB } : {}),
    ...(ci === "gitlab" ? { ".gitlab-ci.yml": GITLAB } : {}),
  };
}

function manifest({ names, kind, license, author, versions }: Project): object {
  const peers = ["@kreuz/codec", ...KINDS[kind].needs].toSorted();
  const tools = ["@kreuz/plugin-testkit", "@types/node", "kreuz", "typescript"];
  // A router beside an event store, to test and to run it.
  const others = peers.includes("@kreuz/router") ? [] : ["@kreuz/router"];
  const ranges = (packages: readonly string[]) =>
    Object.fromEntries(packages.toSorted().map((name) => [name, versions[name] ?? "*"]));
  return {
    name: names.package,
    version: "0.1.0",
    description: `For the Kreuz WAMP router: ${KINDS[kind].title}`,
    keywords: ["kreuz-plugin", "wamp"],
    license,
    ...(author === undefined ? {} : { author }),
    ...(license === "UNLICENSED" ? { private: true } : {}),
    type: "module",
    sideEffects: false,
    files: ["dist/src", "src", "CHANGELOG.md"],
    exports: {
      ".": { types: "./dist/src/index.d.ts", default: "./dist/src/index.js" },
      "./package.json": "./package.json",
    },
    scripts: {
      build: "tsc",
      test: `tsc && node --test dist/test/${names.kebab}.js`,
      check: "tsc && kreuz plugin check .",
      start: "tsc && kreuz start --config example/kreuz.yaml",
      prepack: "tsc",
    },
    peerDependencies: ranges(peers),
    devDependencies: ranges([...peers, ...others, ...tools]),
    engines: { node: ">=20.19" },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "ES2023",
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    declaration: true,
    sourceMap: true,
    rootDir: ".",
    outDir: "dist",
  },
  include: ["src", "test"],
};

/** Where a config names an extension of a kind. */
const PLACES: Readonly<Record<Kind, (name: string) => string>> = {
  plugin: (name) => `realms:\n  - name: realm1\n    plugins:\n      - package: "${name}"`,
  guard: (name) => `realms:\n  - name: realm1\n    plugins:\n      - package: "${name}"`,
  "router-plugin": (name) => `plugins:\n  - package: "${name}"`,
  authenticator: (name) =>
    `realms:\n  - name: realm1\n    auth:\n      my-method: { package: "${name}", options: { … } }`,
  authorizer: (name) => `realms:\n  - name: realm1\n    authorizer: { package: "${name}", options: { … } }`,
  transport: (name) => `transports:\n  - { package: "${name}", options: { … } }`,
  "event-store": (name) =>
    `realms:\n  - name: realm1\n    plugins:\n      - package: "@kreuz/event-history"\n        options: { topics: […], store: { package: "${name}" } }`,
  route: (name) =>
    `transports:\n  - type: websocket\n    routes:\n      - { path: /my-path, realm: realm1, package: "${name}" }`,
};

function readme({ names, kind, license }: Project): string {
  return `# ${names.package}

For the [Kreuz](https://github.com/kreuz-wamp/kreuz) WAMP router: ${KINDS[kind].title}.

## Use

\`\`\`sh
npm install ${names.package}
\`\`\`

\`\`\`yaml
${PLACES[kind](names.package)}
\`\`\`

[example/kreuz.yaml](example/kreuz.yaml) is a whole config. Its options are in [src/index.ts](src/index.ts).

## Develop

\`\`\`sh
npm install
npm test         # in one process, without a network
npm run check    # looks at it as the router would
npm start        # a router with it, on port 8080
\`\`\`

## Publish

Say in CHANGELOG.md what is new, raise the version, and run \`npm publish\`. The ranges in \`peerDependencies\` say with which versions of Kreuz it works.
${license === "UNLICENSED" ? "" : `\n## License\n\n${license}\n`}`;
}

const GITHUB = `name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        node: [20, 24]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: \${{ matrix.node }}
      - run: npm install
      - run: npm test
      - run: npm run check
`;

const GITLAB = `test:
  parallel:
    matrix:
      - NODE: ["20", "24"]
  image: node:$NODE
  script:
    - npm install
    - npm test
    - npm run check
`;

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
