import { z } from 'zod'
import { base64, count, givenName, pathUri, sandbox } from './fields.js'

/** Longest block that is read or written through a handle: 1 MiB. */
export const MAX_BLOCK_BYTES = 1024 * 1024

const onPath = { path: pathUri, sandbox: sandbox.nullish() }

export const readFileParams = z.object(onPath)
export const readFileResult = z.looseObject({ dataBase64: base64 })

export const writeFileParams = z.object({ ...onPath, dataBase64: base64 })

export const openParams = z.object({
  ...onPath,
  handleId: givenName,
  /** `replace` empties the file or makes it. */
  mode: z.enum(['read', 'replace']).optional(),
})
export const openResult = z.looseObject({ handleId: z.string() })

const onHandle = { handleId: givenName, sandbox: sandbox.nullish() }

export const readBlockParams = z.object({ ...onHandle, offset: count, len: count })
export const readBlockResult = z.looseObject({ chunk: base64, eof: z.boolean() })

export const writeBlockParams = z.object({ ...onHandle, offset: count, chunk: base64 })

export const closeParams = z.object({ handleId: givenName })

/** `recursive` is true when it is left out. */
export const createDirectoryParams = z.object({ ...onPath, recursive: z.boolean().nullish() })

export const getMetadataParams = z.object(onPath)
export const metadataResult = z.looseObject({
  isDirectory: z.boolean(),
  isFile: z.boolean(),
  isSymlink: z.boolean(),
  size: count,
  /** 0 where the file system does not tell. */
  createdAtMs: z.number(),
  modifiedAtMs: z.number(),
})

export const canonicalizeParams = z.object(onPath)
export const canonicalizeResult = z.looseObject({ path: pathUri })

export const readDirectoryParams = z.object(onPath)
export const readDirectoryResult = z.looseObject({
  entries: z.array(z.looseObject({ fileName: z.string(), isDirectory: z.boolean(), isFile: z.boolean() })),
})

export const walkParams = z.object({
  ...onPath,
  options: z.object({
    maxDepth: count,
    maxDirectories: count,
    maxEntries: count,
    followDirectorySymlinks: z.boolean(),
    pruneHiddenDirectories: z.boolean().optional(),
  }),
})
export const walkResult = z.looseObject({
  entries: z.array(z.looseObject({ path: pathUri, kind: z.string() })),
  errors: z.array(z.unknown()),
  truncated: z.boolean(),
})

/** `recursive` and `force` are **true** when they are left out: a whole tree goes. */
export const removeParams = z.object({
  ...onPath,
  recursive: z.boolean().nullish(),
  force: z.boolean().nullish(),
})

export const copyParams = z.object({
  sourcePath: pathUri,
  destinationPath: pathUri,
  recursive: z.boolean(),
  sandbox: sandbox.nullish(),
})

export const watchMissingParams = z.object({
  watchId: count,
  /** Paths that are not there; the watch fires when one comes. */
  missing: z.array(pathUri),
  /** A path that is there; the watch fires when it changes or goes. */
  present: pathUri.nullish(),
  sandbox: sandbox.nullish(),
})
export const watchMissingResult = z.looseObject({ watching: z.boolean() })

export const missingChangedNotification = z.looseObject({ watchId: count })

export const emptyResult = z.looseObject({})
