import type { Transport, WireMessage } from '../../rpc/transport.js'

/**
 * Shows every incoming message to an observer before its owner gets it, from the first on: what a server says right
 * behind its answer to the handshake would be missed by whoever listens only then.
 */
export function tapTransport(inner: Transport, observe: (message: WireMessage) => void): Transport {
  return {
    start: () => inner.start(),
    send: (message) => inner.send(message),
    close: () => inner.close(),
    get onmessage() {
      return inner.onmessage
    },
    set onmessage(handler) {
      inner.onmessage =
        handler &&
        ((message) => {
          observe(message)
          handler(message)
        })
    },
    get onerror() {
      return inner.onerror
    },
    set onerror(handler) {
      inner.onerror = handler
    },
    get onclose() {
      return inner.onclose
    },
    set onclose(handler) {
      inner.onclose = handler
    },
  }
}
