/** One server-sent event of the Responses API: `type` names it, the other members are its data. */
export interface ResponseEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/**
 * How a reply is broken off:
 * - `end`: the HTTP response ends properly, whatever is still missing from the event stream;
 * - `close`: the socket closes in the middle of the HTTP response;
 * - `reset`: the same with a TCP reset.
 */
export type CutKind = 'end' | 'close' | 'reset'

/** One thing that a reply does, in order. */
export type ReplyStep =
  /** Sends an event; the player numbers it. */
  | { readonly kind: 'event'; readonly event: ResponseEvent }
  /** Sends text verbatim: the body of an error, or bytes that are no valid event. */
  | { readonly kind: 'raw'; readonly text: string }
  /** Sends what is buffered, then waits. The signal fires when the requester is gone or the stub closes. */
  | { readonly kind: 'wait'; readonly until: (signal: AbortSignal) => Promise<unknown> }
  /** Stops here; later steps are not played. */
  | { readonly kind: 'cut'; readonly how: CutKind }
