import { environmentHandlers } from './environment-handlers.js'
import { fileHandlers } from './files/file-handlers.js'
import type { Handlers } from './handlers.js'
import { httpHandlers } from './http/http-handlers.js'
import { processHandlers } from './processes/process-handlers.js'
import type { ServerSettings } from './settings.js'

/** Makes the handlers of a server. */
export function createHandlers(settings: ServerSettings): Handlers {
  return {
    ...processHandlers(settings),
    ...fileHandlers(settings),
    ...environmentHandlers(settings),
    ...httpHandlers(settings),
  }
}
