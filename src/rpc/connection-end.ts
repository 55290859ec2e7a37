import { ConnectionClosedError, TransportClosedError } from './errors.js'

/** Whether a request failed because its connection has ended, under way or before it was sent. */
export function isConnectionEnd(error: unknown): error is ConnectionClosedError | TransportClosedError {
  return error instanceof ConnectionClosedError || error instanceof TransportClosedError
}
