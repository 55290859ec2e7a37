import { z } from 'zod'
import { base64, count, givenName } from './fields.js'

const httpHeader = z.object({ name: z.string(), value: z.string() })

export const httpRequestParams = z.object({
  method: z.string(),
  url: z.string(),
  requestId: givenName,
  headers: z
    .array(
      z.object({
        name: z.string(),
        value: z.string(),
        /** Variable of the server's environment that gives the value instead. */
        valueEnvVar: z.string().nullish(),
      }),
    )
    .nullish(),
  bodyBase64: base64.nullish(),
  timeoutMs: count.nullish(),
  redirectPolicy: z.enum(['follow', 'stop']).nullish(),
  /** Whether the body comes in `http/request/bodyDelta` notifications. */
  streamResponse: z.boolean().nullish(),
})

export const httpRequestResult = z.looseObject({
  status: z.int(),
  headers: z.array(httpHeader),
  bodyBase64: base64,
})

/** A part of the body of a streamed response. The last one has `done` set, and `error` when it broke off. */
export const bodyDeltaNotification = z.looseObject({
  requestId: z.string(),
  seq: count,
  deltaBase64: base64,
  done: z.boolean(),
  error: z.string().nullish(),
})
