import { z } from 'zod'

/** A place in a file system: a `file:` URI, or for a v0 client also an absolute native path. */
export const pathUri = z.string()

/** Longest name that a client may give to something, in characters: 1024. */
export const MAX_NAME_LENGTH = 1024

/** What a client calls a process, a file handle or an HTTP request: it is kept, and comes back with whatever is told of it. */
export const givenName = z.string().max(MAX_NAME_LENGTH)

/** Bytes in base64, padded. What it decodes to is checked where it is used. */
export const base64 = z.string()

/** A whole number from 0 that JavaScript holds exactly. */
export const count = z.int().min(0)

/** Counts what a process told: its chunks of output, its exit and its end share one sequence, from 1. */
export const sequenceNumber = count

/**
 * Which file system and network a process or file operation may touch. Nothing of it is read by this library:
 * a server hands it to its sandbox hook, or refuses.
 */
export const sandbox = z.looseObject({ permissions: z.unknown().refine((value) => value !== undefined) })

/** Where a chunk of output came from. `pty` carries both streams of a process that has a terminal. */
export const outputStream = z.enum(['stdout', 'stderr', 'pty'])
