import type {
  ServerNotification,
  ServerNotificationMethod,
  ServerNotificationParams,
} from '../../protocol/index.js'

/** Makes a notification of the current dialect. */
export function notification<M extends ServerNotificationMethod>(
  method: M,
  params: ServerNotificationParams<M>,
): ServerNotification {
  // The union of all methods cannot be told from one of its members by its parts.
  return { method, params } as ServerNotification
}
