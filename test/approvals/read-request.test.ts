import { describe, expect, it } from 'vitest'
import { intersectPermissions } from '../../src/approvals/permission-grant.js'
import { type OpenItems, readApprovalRequest } from '../../src/approvals/read-request.js'

const nothing: OpenItems = { changesOf: () => undefined, commandOf: () => undefined, toolCalls: () => [] }
const paths = (count: number) => Array.from({ length: count }, (_, index) => `/folder/${index}`)
const entriesFor = (count: number) =>
  paths(count).map((path) => ({ access: 'read' as const, path: { type: 'path' as const, path } }))

function read(fileSystem: object) {
  const params = { threadId: 't', turnId: 'u', itemId: 'i', permissions: { fileSystem } }
  return readApprovalRequest('item/permissions/requestApproval', params, nothing)
}

describe('a request for permissions', () => {
  it('is readable with as many accesses as a person can look through', async () => {
    expect(await read({ entries: entriesFor(1000) })).toMatchObject({ kind: 'permissions' })
    expect(await read({ entries: entriesFor(400), read: paths(300), write: paths(300) })).toBeDefined()
  })

  it('is unreadable, and so refused, with more', async () => {
    expect(await read({ entries: entriesFor(1001) })).toBeUndefined()
    expect(await read({ entries: entriesFor(400), read: paths(300), write: paths(301) })).toBeUndefined()
  })
})

describe('a grant', () => {
  it('is cut down in one pass, however much a handler returns', () => {
    const fileSystem = { entries: entriesFor(1000) }
    // Every comparison of two entries reads both of their paths.
    let reads = 0
    const counted = entriesFor(5000).map(({ access, path: { path } }) => ({
      access,
      path: {
        type: 'path' as const,
        get path() {
          reads++
          return path
        },
      },
    }))
    const { fileSystem: granted } = intersectPermissions({ fileSystem }, { fileSystem: { entries: counted } })
    expect(granted?.entries).toHaveLength(1000)
    expect(reads).toBeLessThan(10 * 5000)
  })
})
