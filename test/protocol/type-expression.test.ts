import { describe, expect, test } from 'vitest'
import { parseSchema } from '../../scripts/generate/schema.js'
import { type Direction, quote, typeExpression } from '../../scripts/generate/type-expression.js'
import { renderTypes } from '../../scripts/generate/type-module.js'
import { parses } from './compile.js'

const render = (schema: unknown, direction: Direction = 'received'): string => {
  const text = typeExpression(parseSchema(schema, 'T'), { direction, where: 'T' })
  expect(parses(`type T = ${text}`)).toBe(true)
  return text
}

const declare = (schemas: Record<string, unknown>, direction: Direction = 'received'): string[] => {
  const definitions = new Map(
    Object.entries(schemas).map(([name, schema]) => [name, parseSchema(schema, name)]),
  )
  return renderTypes(direction, definitions, [...definitions.keys()])
}

const text = { type: 'string' }
const ref = (name: string) => ({ $ref: `#/definitions/${name}` })

describe('values', () => {
  test.each([
    ['true', true, 'unknown'],
    ['false', false, 'never'],
    ['an empty schema', {}, 'unknown'],
    ['a string', text, 'string'],
    ['an integer', { type: 'integer', format: 'int64' }, 'number'],
    ['a number', { type: 'number' }, 'number'],
    ['a boolean', { type: 'boolean' }, 'boolean'],
    ['null', { type: 'null' }, 'null'],
    ['a nullable string', { type: ['string', 'null'] }, 'string | null'],
    ['a reference', ref('Box'), 'Box'],
    ['a reference to the newer group', { $ref: '#/definitions/v2/Box' }, 'Box'],
    ['a nullable reference', { anyOf: [ref('Box'), { type: 'null' }] }, 'Box | null'],
    ['an intersection with one member', { allOf: [ref('Box')] }, 'Box'],
    ['an intersection with two', { allOf: [ref('A'), { anyOf: [ref('B'), ref('C')] }] }, 'A & (B | C)'],
    ['a union that admits anything', { anyOf: [text, true] }, 'unknown'],
    ['a union with a member twice', { oneOf: [text, text] }, 'string'],
    ['a nested union', { oneOf: [{ anyOf: [text, { type: 'null' }] }, ref('A')] }, 'string | A | null'],
  ])('%s', (_, schema, expected) => {
    expect(render(schema)).toBe(expected)
  })
})

describe('arrays', () => {
  test('received ones can be changed, sent ones accept read-only values', () => {
    const schema = { type: 'array', items: { type: 'array', items: { type: ['string', 'null'] } } }

    expect(render(schema, 'received')).toBe('(string | null)[][]')
    expect(render(schema, 'sent')).toBe('readonly (readonly (string | null)[])[]')
  })

  test('an array without items holds anything', () => {
    expect(render({ type: ['array', 'null'] })).toBe('unknown[] | null')
  })
})

describe('enumerations', () => {
  const modes = { type: 'string', enum: ['a', 'b'] }

  test('a received one admits other strings, a sent one does not', () => {
    expect(render(modes, 'received')).toBe("'a' | 'b' | (string & {})")
    expect(render(modes, 'sent')).toBe("'a' | 'b'")
  })

  test('values described one by one make one enumeration, null last', () => {
    const schema = {
      oneOf: [{ type: 'null' }, { type: 'string', enum: ['a'] }, { type: 'string', enum: ['b'] }],
    }

    expect(render(schema, 'received')).toBe("'a' | 'b' | (string & {}) | null")
  })

  test('a plain string beside known values does not hide them', () => {
    expect(render({ anyOf: [text, modes] }, 'sent')).toBe("'a' | 'b' | (string & {})")
  })

  test('a nullable one keeps null', () => {
    expect(render({ type: ['string', 'null'], enum: ['a', null] }, 'sent')).toBe("'a' | null")
  })

  test('numbers stay exact', () => {
    expect(render({ type: 'integer', enum: [1, 2] })).toBe('1 | 2')
  })

  test('a value of another type than declared fails by name', () => {
    expect(() => render({ type: 'string', enum: [1] })).toThrow('T: enum value 1 is of another type')
  })

  test('quotes, backslashes and line ends in a value are escaped', () => {
    const value = 'it\'s "a\\b"\n'

    expect(parses(`const x = ${quote(value)}`)).toBe(true)
    expect(quote(value)).toBe(String.raw`'it\'s "a\\b"\n'`)
  })
})

describe('objects', () => {
  test('fields are sorted, optional ones marked, odd names quoted', () => {
    const schema = { type: 'object', properties: { b: text, 'a-b': text, a: true }, required: ['b'] }

    expect(render(schema, 'received')).toBe("{ a?: unknown; 'a-b'?: string; b: string }")
  })

  test('optional fields that we send accept undefined', () => {
    const schema = { type: 'object', properties: { a: { type: ['string', 'null'] }, b: true } }

    expect(render(schema, 'sent')).toBe('{ a?: string | null | undefined; b?: unknown }')
  })

  test('comments of fields are kept', () => {
    const schema = { type: 'object', properties: { a: { ...text, description: 'Name.', default: 'x' } } }

    expect(render(schema)).toBe('{\n  /**\n   * Name.\n   * @default "x"\n   */\n  a?: string\n}')
  })

  test.each([
    ['any fields', { type: 'object' }, 'Record<string, unknown>'],
    ['no fields', { type: 'object', additionalProperties: false }, 'Record<string, never>'],
    ['free fields of a type', { type: 'object', additionalProperties: text }, 'Record<string, string>'],
    [
      'free fields or null',
      { type: ['object', 'null'], additionalProperties: true },
      'Record<string, unknown> | null',
    ],
    [
      'known and free fields',
      { type: 'object', properties: { a: text }, additionalProperties: true },
      '{ a?: string; [key: string]: unknown }',
    ],
    [
      'known fields only',
      { type: 'object', properties: { a: text }, additionalProperties: false },
      '{ a?: string }',
    ],
  ])('%s', (_, schema, expected) => {
    expect(render(schema)).toBe(expected)
  })

  test('known fields beside typed free ones fail by name', () => {
    const schema = { type: 'object', properties: { a: text }, additionalProperties: text }

    expect(() => render(schema)).toThrow('T: properties beside typed additionalProperties')
  })

  test('fields beside a union make an intersection', () => {
    const url = { type: 'object', properties: { url: text }, required: ['url'] }
    const file = { type: 'object', properties: { file: text }, required: ['file'] }
    const schema = { type: 'object', properties: { id: text }, required: ['id'], anyOf: [url, file] }

    expect(render(schema)).toBe('{ id: string } & ({ url: string } | { file: string })')
  })

  test('a bare object beside a union adds nothing', () => {
    expect(render({ type: 'object', oneOf: [ref('A'), ref('B')] })).toBe('A | B')
  })
})

describe('declarations', () => {
  test('a plain object becomes an interface, anything else an alias', () => {
    const declared = declare({
      Box: { description: 'A box.', type: 'object', properties: { a: text }, required: ['a'] },
      Boxes: { type: 'array', items: ref('Box') },
    })

    expect(declared).toEqual([
      '/** A box. */\nexport interface Box {\n  a: string\n}\n',
      'export type Boxes = Box[]\n',
    ])
  })

  test('an empty message that we send takes no fields, other bare objects take any', () => {
    expect(declare({ PingParams: { type: 'object' }, Extra: { type: 'object' } }, 'sent')).toEqual([
      'export type PingParams = Record<string, never>\n',
      'export type Extra = Record<string, unknown>\n',
    ])
    expect(declare({ PingResponse: { type: 'object' } }, 'received')).toEqual([
      'export type PingResponse = Record<string, unknown>\n',
    ])
  })

  test('members of a union keep their comments', () => {
    const [declared] = declare({
      Choice: {
        oneOf: [
          { type: 'string', enum: ['yes'], description: 'Agreed.' },
          { type: 'string', enum: ['no'] },
        ],
      },
    })

    expect(declared).toBe("export type Choice =\n  /** Agreed. */\n  | 'yes'\n  | 'no'\n  | (string & {})\n")
  })

  test('the tag of a received union stays exact, inline or named; other single values are open', () => {
    const member = (tag: object) => ({ type: 'object', properties: { tag }, required: ['tag'] })
    const declared = declare({
      Union: { oneOf: [ref('One'), member({ type: 'string', enum: ['two'] })] },
      One: member({ allOf: [ref('OneTag')] }),
      OneTag: { oneOf: [{ type: 'string', enum: ['one'] }] },
      Lonely: { type: 'string', enum: ['only'] },
    })

    expect(declared).toEqual([
      "export type Union = One | { tag: 'two' }\n",
      'export interface One {\n  tag: OneTag\n}\n',
      "export type OneTag = 'one'\n",
      "export type Lonely = 'only' | (string & {})\n",
    ])
  })

  test('a tag with several values stays exact where another member has a single one', () => {
    const member = (tag: object) => ({ type: 'object', properties: { tag }, required: ['tag'] })
    const [, declared] = declare({
      Union: { oneOf: [member(ref('Numeric')), member({ type: 'string', enum: ['text'] })] },
      Numeric: { type: 'string', enum: ['integer', 'number'] },
    })

    expect(declared).toBe("export type Numeric = 'integer' | 'number'\n")
  })
})
