import type { WaitingRequest } from './waiting-request.js'

/** Requests that wait, in their order. To add the newest, to take the first and to leave from anywhere is cheap. */
export class WaitingList {
  #first: WaitingRequest | undefined
  #last: WaitingRequest | undefined

  /** The request whose turn is next; it stays in the list. */
  get first(): WaitingRequest | undefined {
    return this.#first
  }

  /** Adds a request at the place that its order gives it. */
  add(request: WaitingRequest): void {
    let behind: WaitingRequest | undefined
    if (this.#last && this.#last.order > request.order) {
      // What comes back after a refusal is older than most: its place is found from the front.
      behind = this.#first
      while (behind && behind.order < request.order) behind = behind.behind
    }
    const before = behind ? behind.before : this.#last
    request.isListed = true
    request.before = before
    request.behind = behind
    if (before) before.behind = request
    else this.#first = request
    if (behind) behind.before = request
    else this.#last = request
  }

  /** Takes a request out; nothing happens when it is in no list. */
  remove(request: WaitingRequest): void {
    if (!request.isListed) return
    const { before, behind } = request
    if (before) before.behind = behind
    else this.#first = behind
    if (behind) behind.before = before
    else this.#last = before
    request.isListed = false
    request.before = request.behind = undefined
  }
}
