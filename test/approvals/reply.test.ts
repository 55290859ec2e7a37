import { describe, expect, it } from 'vitest'
import { toReply } from '../../src/approvals/index.js'
import { command, elicitation, mcpTool, permissions, userInput } from './requests.js'

const entry = (access: string, path: string) => ({ access, path: { type: 'path' as const, path } })
const asked = {
  network: { enabled: true },
  fileSystem: {
    read: ['/etc'],
    write: ['/w'],
    entries: [entry('read', '/etc'), entry('write', '/w')],
  },
}

describe('the reply', () => {
  it('to a command is its decision', () => {
    expect(toReply(command(), 'accept')).toEqual({ decision: 'accept' })
  })

  it('to questions has every answer in a list', () => {
    const answers = { color: 'Blue', why: ['a', 'b'] }
    expect(toReply(userInput(), { answers })).toEqual({
      answers: { color: { answers: ['Blue'] }, why: { answers: ['a', 'b'] } },
    })
    expect(toReply(userInput(), 'decline')).toEqual({ answers: {} })
  })

  it('to a form holds its content only when it is accepted', () => {
    const content = { name: 'x' }
    expect(toReply(elicitation(), { action: 'accept', content })).toEqual({
      action: 'accept',
      content,
      _meta: null,
    })
    expect(toReply(elicitation(), 'decline')).toEqual({ action: 'decline', content: null, _meta: null })
    expect(toReply(elicitation(), 'cancel')).toEqual({ action: 'cancel', content: null, _meta: null })
  })

  it('to the call of an MCP tool tells how long it holds', () => {
    const request = mcpTool('s', 't', { params: { mode: 'form' } as never })
    expect(toReply(request, 'accept')).toEqual({ action: 'accept', content: {}, _meta: null })
    expect(toReply(request, 'acceptForSession')).toEqual({
      action: 'accept',
      content: {},
      _meta: { persist: 'session' },
    })
    expect(toReply(request, 'decline')).toMatchObject({ action: 'decline', content: null })
  })

  it('to the call of an MCP tool that came as a question is one of its labels', () => {
    const request = mcpTool('s', 't', { params: { questions: [{ id: 'q' }] } as never })
    expect(toReply(request, 'accept')).toEqual({ answers: { q: { answers: ['Allow'] } } })
    expect(toReply(request, 'acceptForSession')).toEqual({
      answers: { q: { answers: ['Allow for this session'] } },
    })
    for (const refusal of ['decline', 'cancel'] as const) {
      expect(toReply(request, refusal)).toEqual({ answers: {} })
    }
  })
})

describe('a grant of permissions', () => {
  it('is all that was asked for, in the form in which it was', () => {
    expect(toReply(permissions(asked), 'accept')).toEqual({ permissions: asked, scope: 'turn' })
    expect(toReply(permissions(asked), 'acceptForSession')).toEqual({ permissions: asked, scope: 'session' })
    const lists = { fileSystem: { read: ['/etc'] } }
    expect(toReply(permissions(lists), 'accept')).toEqual({
      permissions: { fileSystem: { read: ['/etc'], write: [] } },
      scope: 'turn',
    })
  })

  it('is nothing when it is refused', () => {
    for (const refusal of ['decline', 'cancel'] as const) {
      expect(toReply(permissions(asked), refusal)).toEqual({ permissions: {}, scope: 'turn' })
    }
  })

  it('leaves out what was not asked for', () => {
    const grant = {
      network: { enabled: true },
      fileSystem: {
        write: ['/etc', '/w', '/elsewhere', '/w/../etc'],
        entries: [
          entry('read', '/w') as never,
          { access: 'read', path: { type: 'glob_pattern', pattern: '/**' } } as never,
        ],
      },
    }
    expect(toReply(permissions({ fileSystem: asked.fileSystem }), { grant })).toEqual({
      permissions: {
        fileSystem: {
          entries: [entry('read', '/w'), entry('write', '/w')],
          read: ['/w'],
          write: ['/w'],
        },
      },
      scope: 'turn',
    })
  })

  it('does not turn the network on when only files were asked for, or when it was asked to stay off', () => {
    const grant = { network: { enabled: true } }
    expect(toReply(permissions({ fileSystem: asked.fileSystem }), { grant })).toMatchObject({
      permissions: {},
    })
    expect(toReply(permissions({ network: { enabled: false } }), { grant })).toEqual({
      permissions: {},
      scope: 'turn',
    })
  })

  it('keeps what the request denies, since the rest would be more without it', () => {
    const deny = entry('deny', '/w/.env')
    const request = permissions({ fileSystem: { entries: [entry('write', '/w'), deny] } })
    const grant = { fileSystem: { entries: [entry('write', '/w') as never] } }
    expect(toReply(request, { grant, scope: 'session' })).toEqual({
      permissions: { fileSystem: { entries: [entry('write', '/w'), deny] } },
      scope: 'session',
    })
  })

  it('never holds an access that this version does not know, whoever grants it', () => {
    const fileSystem = { entries: [entry('read', '/a'), entry('admin', '/'), entry('none', '/a/b')] }
    const granted = { permissions: { fileSystem: { entries: [entry('read', '/a')] } }, scope: 'turn' }
    const grant = { fileSystem: { entries: [entry('read', '/a'), entry('admin', '/')] as never } }
    expect(toReply(permissions({ fileSystem }), { grant })).toEqual(granted)
    expect(toReply(permissions({ fileSystem }), 'accept')).toEqual(granted)
  })

  it('says each access once, and takes places of types that it does not know', () => {
    const place = { access: 'read', path: { type: 'device', name: 'tty' } } as never
    const other = { access: 'read', path: { type: 'device', name: 'usb' } } as never
    const fileSystem = { read: ['/a'], entries: [entry('read', '/a'), place, place, other] }
    expect(toReply(permissions({ fileSystem }), 'accept')).toEqual({
      permissions: { fileSystem: { read: ['/a'], entries: [entry('read', '/a'), place, other] } },
      scope: 'turn',
    })
  })

  it('compares patterns and special places by their content', () => {
    const root = { access: 'read', path: { type: 'special' as const, value: { kind: 'root' as const } } }
    const subpath = {
      access: 'read',
      path: { type: 'special' as const, value: { kind: 'project_roots' as const, subpath: null } },
    }
    const bare = {
      access: 'read',
      path: { type: 'special' as const, value: { kind: 'project_roots' as const } },
    }
    const request = permissions({ fileSystem: { entries: [root, subpath], globScanMaxDepth: 3 } })
    expect(toReply(request, { grant: { fileSystem: { entries: [bare as never] } } })).toEqual({
      permissions: { fileSystem: { entries: [bare], globScanMaxDepth: 3 } },
      scope: 'turn',
    })
  })
})
