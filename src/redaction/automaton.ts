/** Number of UTF-16 code units: an edge is stored under its node and code unit in one number. */
const NODE = 0x10000

/**
 * Finds many exact strings in one pass over a text (Aho and Corasick), at a cost that depends on the length
 * of the text alone. Each node stands for the beginning of a needle; node 0 for none.
 */
export class Automaton {
  readonly #next = new Map<number, number>()
  readonly #fail: number[] = [0]
  readonly #depth: number[] = [0]
  /** Length of the longest needle that ends at a node, 0 for none. */
  readonly #found: number[] = [0]
  /** For each code unit, whether a needle begins with it. */
  readonly begins = new Uint8Array(NODE)

  constructor(needles: Iterable<string>) {
    const edges: Array<readonly [parent: number, code: number, node: number]> = []
    for (const needle of needles) this.#add(needle, edges)
    // Parents come before their children when nodes are visited by depth.
    edges.sort((a, b) => this.depth(a[2]) - this.depth(b[2]))
    for (const [parent, code, node] of edges) {
      if (parent === 0) continue
      const fail = this.step(this.#fail[parent] ?? 0, code)
      this.#fail[node] = fail
      if (this.found(node) === 0) this.#found[node] = this.found(fail)
    }
  }

  #add(needle: string, edges: Array<readonly [number, number, number]>): void {
    let node = 0
    for (let index = 0; index < needle.length; index++) {
      const code = needle.charCodeAt(index)
      let child = this.#next.get(node * NODE + code)
      if (child === undefined) {
        child = this.#depth.length
        this.#next.set(node * NODE + code, child)
        this.#fail.push(0)
        this.#depth.push(index + 1)
        this.#found.push(0)
        edges.push([node, code, child])
      }
      node = child
    }
    this.#found[node] = needle.length
    this.begins[needle.charCodeAt(0)] = 1
  }

  /** The node after one more character. */
  step(from: number, code: number): number {
    let node = from
    for (;;) {
      const next = this.#next.get(node * NODE + code)
      if (next !== undefined) return next
      if (node === 0) return 0
      node = this.#fail[node] ?? 0
    }
  }

  /** Length of the beginning of a needle that a node stands for. */
  depth(node: number): number {
    return this.#depth[node] ?? 0
  }

  /** Length of the longest needle that ends at a node, 0 for none. */
  found(node: number): number {
    return this.#found[node] ?? 0
  }
}
