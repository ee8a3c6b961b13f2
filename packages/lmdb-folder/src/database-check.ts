import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

// LMDB maps its file into memory and trusts it: a damaged file crashes the process. Hence this check of all pages in use,
// before LMDB opens the file. The layout is that of LMDB 1.0 (data version 2) as lmdb-js uses it, little-endian:
//   page      0 page number (8)   8 transaction (8)   18 flags (2)   20 lower, upper (2 each) or number of pages (4)
//   meta page 24 magic (4)   28 version (4)   48 free tree   96 main tree   144 last page (8)   152 transaction (8)
//   tree      0 page size, of the free tree (4)   6 depth (2)   40 root page (8)
//   node      0 size of the data or page number (4 + 2)   4 flags (2)   6 length of the key (2)   8 key, data
//   large data: 0 page number (8)

const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_TREES = [48, 96];
const META_TRANSACTION = 152;
const META_LENGTH = 168;
const TREE_LENGTH = 48;
const NO_PAGE = 2 ** 48 - 1;
const MAX_DEPTH = 32;
const [BRANCH, LEAF, OVERFLOW, META] = [0x01, 0x02, 0x04, 0x08];
const [BIG_DATA, SUB_TREE] = [0x01, 0x02];
const PAGES_PER_TURN = 2048;

/** Where the file is damaged, in words. */
export class DatabaseDamage extends Error {}

/** One tree of pages. */
interface Tree {
  readonly root: number;
  readonly depth: number;
  /** Whether its leaves may hold further trees. */
  readonly main: boolean;
}

/** A page to look at. `height` 1 is a leaf. */
interface Step {
  readonly page: number;
  readonly height: number;
  readonly main: boolean;
}

/**
 * Checks that every page which the database uses is in the file and consistent in itself. It cannot see what LMDB does not
 * rely on: the contents of records have a checksum of their own.
 *
 * @throws DatabaseDamage that tells where.
 */
export async function checkDatabase(file: string): Promise<void> {
  const descriptor = openSync(file, "r");
  try {
    const walk = new PageWalk(descriptor);
    for (let page = 0; walk.step(); page++)
      if (page % PAGES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    closeSync(descriptor);
  }
}

/** Checksum of the first two pages, which say where everything else is. */
export function metaChecksum(file: string): number {
  const descriptor = openSync(file, "r");
  try {
    const pages = Buffer.alloc(2 * 65_536);
    return crc32(pages.subarray(0, readSync(descriptor, pages, 0, 2 * pageSizeOf(descriptor), 0)));
  } finally {
    closeSync(descriptor);
  }
}

class PageWalk {
  readonly #descriptor: number;
  readonly #pageSize: number;
  readonly #pages: number;
  readonly #seen: Uint8Array;
  readonly #buffer: Buffer;
  readonly #steps: Step[];

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#pageSize = pageSizeOf(descriptor);
    this.#pages = Math.floor(fstatSync(descriptor).size / this.#pageSize);
    if (this.#pages < 2) throw new DatabaseDamage("the file is shorter than its first two pages");
    this.#seen = new Uint8Array(this.#pages);
    this.#buffer = Buffer.alloc(this.#pageSize);
    this.#steps = this.#roots();
  }

  /** Checks the next page. @returns whether there was one. */
  step(): boolean {
    const step = this.#steps.pop();
    if (step === undefined) return false;
    const { page, height } = step;
    this.#read(page);
    const flags = this.#buffer.readUInt16LE(18);
    const kind = height === 1 ? LEAF : BRANCH;
    if ((flags & (BRANCH | LEAF | OVERFLOW | META)) !== kind || flags & 0x20) throw damaged(page, "is of another kind");
    for (const node of this.#nodes(page))
      if (kind === BRANCH) this.#child(step, this.#pageNumber(node));
      else this.#leafNode(step, node);
    return true;
  }

  /** The trees of the later one of the two meta pages: the last transaction. */
  #roots(): Step[] {
    const metas = [0, 1].map((page) => this.#meta(page));
    const [first, second] = metas;
    const last =
      second === undefined || (first !== undefined && first.transaction > second.transaction) ? first : second;
    return last?.trees.flatMap((tree) => this.#rootStep(tree)) ?? [];
  }

  #meta(page: number): { readonly transaction: number; readonly trees: readonly Tree[] } {
    this.#read(page, true);
    const buffer = this.#buffer;
    if ((buffer.readUInt16LE(18) & META) === 0) throw damaged(page, "is no meta page");
    checkMagic(buffer, page);
    const trees = META_TREES.map((at, index) => treeAt(buffer.subarray(at, at + TREE_LENGTH), index === 1));
    return { transaction: buffer.readUIntLE(META_TRANSACTION, 6), trees };
  }

  #rootStep({ root, depth, main }: Tree): readonly Step[] {
    if (root === NO_PAGE) return [];
    if (depth < 1 || depth > MAX_DEPTH) throw new DatabaseDamage(`a tree has the depth ${depth}`);
    this.#use(root, 1);
    return [{ page: root, height: depth, main }];
  }

  #child({ height, main }: Step, page: number): void {
    this.#use(page, 1);
    this.#steps.push({ page, height: height - 1, main });
  }

  #leafNode({ page, main }: Step, at: number): void {
    const buffer = this.#buffer;
    const size = buffer.readUInt32LE(at);
    const flags = buffer.readUInt16LE(at + 4);
    const data = at + NODE_HEADER + buffer.readUInt16LE(at + 6);
    const length = flags & BIG_DATA ? 8 : size;
    if (data + length > this.#pageSize) throw damaged(page, "has a node beyond its end");
    if (flags & BIG_DATA) this.#largeData(page, buffer.readUIntLE(data, 6), size);
    else if (flags & SUB_TREE && main) {
      if (size !== TREE_LENGTH) throw damaged(page, "describes a tree in a wrong length");
      this.#steps.push(...this.#rootStep(treeAt(buffer.subarray(data, data + TREE_LENGTH), false)));
    }
  }

  /** Data of its own pages: only the header of the first says how many. */
  #largeData(from: number, page: number, size: number): void {
    const count = Math.ceil((PAGE_HEADER + size) / this.#pageSize);
    this.#use(page, count);
    const header = Buffer.alloc(PAGE_HEADER);
    readSync(this.#descriptor, header, 0, PAGE_HEADER, page * this.#pageSize);
    if (header.readUIntLE(0, 6) !== page || (header.readUInt16LE(18) & OVERFLOW) === 0)
      throw damaged(page, `is not the large record that page ${from} refers to`);
    if (header.readUInt32LE(20) < count) throw damaged(page, "is shorter than its record");
  }

  /** Offsets of the nodes of the page in the buffer. */
  #nodes(page: number): readonly number[] {
    const buffer = this.#buffer;
    const [lower, upper] = [buffer.readUInt16LE(20), buffer.readUInt16LE(22)];
    const room = this.#pageSize - PAGE_HEADER;
    if (lower > upper || upper > room || lower % 2 !== 0) throw damaged(page, "has an inconsistent header");
    return Array.from({ length: lower / 2 }, (_, index) => {
      const node = PAGE_HEADER + buffer.readUInt16LE(PAGE_HEADER + 2 * index);
      if (node < PAGE_HEADER + upper || node + NODE_HEADER > this.#pageSize)
        throw damaged(page, "points beyond itself");
      if (node + NODE_HEADER + buffer.readUInt16LE(node + 6) > this.#pageSize)
        throw damaged(page, "has a key beyond its end");
      return node;
    });
  }

  #pageNumber(node: number): number {
    return this.#buffer.readUIntLE(node, 6);
  }

  /** Marks pages as used: each belongs to one place. */
  #use(page: number, count: number): void {
    if (page + count > this.#pages)
      throw new DatabaseDamage(`page ${page} is used but missing: the file ends at page ${this.#pages - 1}`);
    for (let each = page; each < page + count; each++) {
      if (each < 2 || this.#seen[each] === 1) throw damaged(each, "is used twice");
      this.#seen[each] = 1;
    }
  }

  #read(page: number, meta = false): void {
    const length = readSync(this.#descriptor, this.#buffer, 0, this.#pageSize, page * this.#pageSize);
    if (length < this.#pageSize) throw new DatabaseDamage(`the file ends within page ${page}`);
    if (!meta && this.#buffer.readUIntLE(0, 6) !== page) throw damaged(page, "has another number");
  }
}

function treeAt(bytes: Buffer, main: boolean): Tree {
  return { root: bytes.readUIntLE(40, 6), depth: bytes.readUInt16LE(6), main };
}

function pageSizeOf(descriptor: number): number {
  const meta = Buffer.alloc(META_LENGTH);
  if (readSync(descriptor, meta, 0, META_LENGTH, 0) < META_LENGTH) throw new DatabaseDamage("the file is too short");
  checkMagic(meta, 0);
  const size = meta.readUInt32LE(48);
  if (size < 256 || size > 65_536 || (size & (size - 1)) !== 0)
    throw new DatabaseDamage(`the file names the page size ${size}`);
  return size;
}

function checkMagic(meta: Buffer, page: number): void {
  if (meta.readUInt32LE(24) !== MAGIC) throw new DatabaseDamage(`page ${page} is not a page of an LMDB database`);
  const version = meta.readUInt16LE(28);
  if (version !== DATA_VERSION) throw new DatabaseDamage(`LMDB format version ${version}, expected ${DATA_VERSION}`);
}

function damaged(page: number, problem: string): DatabaseDamage {
  return new DatabaseDamage(`page ${page} ${problem}`);
}
