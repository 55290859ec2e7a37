import { beforeAll, describe, expect, test } from 'vitest'
import { readInstalledProtocol } from '../../scripts/generate/codex.js'
import { experimentalFieldsOf, markExperimental } from '../../scripts/generate/experimental.js'
import { readMessages } from '../../scripts/generate/messages.js'
import { type ProtocolSource, readProtocol } from '../../scripts/generate/protocol.js'
import { resultTypeOf } from '../../scripts/generate/results.js'
import { parseSchema, type Schema } from '../../scripts/generate/schema.js'
import { renderTypes } from '../../scripts/generate/type-module.js'

const define = (schemas: Record<string, unknown>): Map<string, Schema> =>
  new Map(Object.entries(schemas).map(([name, schema]) => [name, parseSchema(schema, name)]))

const text = { type: 'string' }
const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
const message = (method: string, params?: object, description?: string) => ({
  type: 'object',
  properties: { method: { type: 'string', enum: [method] }, ...(params && { params }) },
  ...(description && { description }),
})

describe('messages', () => {
  const read = (...members: object[]) => readMessages('Kind', define({ Kind: { oneOf: members } }))

  test('params are a type, a type or null, null, or absent', () => {
    const nullable = { anyOf: [ref('B'), { type: 'null' }] }
    const messages = read(
      message('a', ref('A')),
      message('b', nullable),
      message('c', { type: 'null' }),
      message('d'),
    )

    expect(messages.map(({ method, params, optionalParams }) => [method, params, optionalParams])).toEqual([
      ['a', 'A', false],
      ['b', 'B', true],
      ['c', null, true],
      ['d', null, true],
    ])
  })

  test('params of another shape fail by method', () => {
    expect(() => read(message('a/b', { type: 'object' }))).toThrow('a/b: params are neither a named type')
    expect(() => read({ type: 'object' })).toThrow('Kind/0: no method')
  })

  test('headings of the list do not end up in a description', () => {
    const descriptions = read(
      message('a', undefined, 'NEW APIs'),
      message('b', undefined, 'DEPRECATED APIs below Old.'),
      message('c', undefined, 'Plain.'),
    ).map(({ description }) => description)

    expect(descriptions).toEqual([undefined, 'Old.', 'Plain.'])
  })

  test('a kind without messages fails', () => {
    expect(() => readMessages('Kind', define({}))).toThrow('Kind: the schema lists no messages')
  })
})

describe('result types', () => {
  const definitions = define({
    ThingReadResponse: { type: 'object' },
    LogoutAccountResponse: { type: 'object' },
  })

  test('follow from the name of the params type, or stand in a table', () => {
    expect(resultTypeOf('thing/read', 'ThingReadParams', definitions)).toBe('ThingReadResponse')
    expect(resultTypeOf('account/logout', null, definitions)).toBe('LogoutAccountResponse')
  })

  test('fail by method when there is none', () => {
    expect(() => resultTypeOf('thing/write', 'ThingWriteParams', definitions)).toThrow(
      'thing/write: no result type found (there is no ThingWriteResponse)',
    )
    expect(() => resultTypeOf('thing/reset', null, definitions)).toThrow('thing/reset: no result type found;')
    expect(() => resultTypeOf('memory/reset', null, definitions)).toThrow('there is no MemoryResetResponse')
  })
})

describe('experimental marks', () => {
  const object = (...names: string[]) => ({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, text])),
  })

  test('a field that the stable schema lacks is marked', () => {
    const marked = markExperimental(define({ A: object('a', 'b') }), define({ A: object('a') }))

    expect(experimentalFieldsOf(marked.get('A') ?? true)).toEqual(['b'])
    expect(renderTypes('received', marked, ['A'])).toEqual([
      'export interface A {\n  a?: string\n  /** @experimental */\n  b?: string\n}\n',
    ])
  })

  test('a member of a union is marked, wherever it stands, and fields inside other members too', () => {
    const tagged = (tag: string, ...names: string[]) => {
      const { type, properties } = object(...names)
      return { type, properties: { ...properties, tag: { type: 'string', enum: [tag] } }, required: ['tag'] }
    }
    const marked = markExperimental(
      define({ A: { oneOf: [tagged('new'), tagged('old', 'x', 'y')] } }),
      define({ A: { oneOf: [tagged('old', 'x')] } }),
    )

    expect(renderTypes('received', marked, ['A']).join('')).toMatch(
      /\/\*\* @experimental \*\/\s+\| { tag: 'new' }\s+\| {\s+tag: 'old'\s+x\?: string\s+\/\*\* @experimental \*\/\s+y\?: string/,
    )
  })

  test('a field that admits anything can be marked', () => {
    const marked = markExperimental(
      define({ A: { type: 'object', properties: { a: true, b: text } } }),
      define({ A: object('b') }),
    )

    expect(renderTypes('sent', marked, ['A'])[0]).toContain('/** @experimental */\n  a?: unknown\n')
  })
})

describe('the installed protocol', () => {
  let source: ProtocolSource

  beforeAll(async () => {
    source = await readInstalledProtocol()
  })

  const withMethods = (change: (methods: Set<string>) => void): ProtocolSource => {
    const methods = new Set(source.methods.ClientRequest)
    change(methods)
    return { ...source, methods: { ...source.methods, ClientRequest: methods } }
  }

  test('a method that the schema leaves out fails by name', () => {
    expect(() => readProtocol(withMethods((methods) => methods.add('new/method')))).toThrow(
      'ClientRequest: the JSON schema leaves out new/method',
    )
  })

  test('a method that the binary no longer knows fails by name', () => {
    expect(() => readProtocol(withMethods((methods) => methods.delete('gitDiffToRemote')))).toThrow(
      'ClientRequest: the binary no longer knows gitDiffToRemote',
    )
  })

  test('a result type that is gone fails by method', () => {
    const experimental = JSON.parse(JSON.stringify(source.experimental))
    delete experimental.definitions.v2.ConfigWriteResponse

    expect(() => readProtocol({ ...source, experimental })).toThrow('config/batchWrite: no result type found')
  })
})
