import type { ExecInvocation } from './outcome.js'

/** What a request says for the caller's own records, a request that is wrong otherwise included. Never throws. */
export function readNotes(request: unknown): Pick<ExecInvocation, 'purpose' | 'metadata'> {
  try {
    const { purpose, metadata } = request as { readonly purpose?: unknown; readonly metadata?: unknown }
    return {
      purpose: typeof purpose === 'string' ? purpose : undefined,
      metadata: isObject(metadata) ? metadata : undefined,
    }
  } catch {
    // Nothing to read: the request is no object, or one whose members throw.
    return { purpose: undefined, metadata: undefined }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
