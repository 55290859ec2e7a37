import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toStrictForm } from '../../src/output/strict-form.js'
import { checkStrictMode, OutputMismatchError, prepareOutput } from '../../src/output/structured-output.js'

describe('a zod schema', () => {
  it('becomes the closed form that strict mode wants, without naming its dialect', () => {
    const schema = z.object({
      title: z.string().describe('short'),
      tags: z.array(z.object({ name: z.string() })),
      note: z.object({ properties: z.string() }).nullable(),
    })
    expect(prepareOutput(schema).jsonSchema).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['title', 'tags', 'note'],
      properties: {
        title: { type: 'string', description: 'short' },
        tags: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name'],
            properties: { name: { type: 'string' } },
          },
        },
        note: {
          anyOf: [
            {
              type: 'object',
              additionalProperties: false,
              required: ['properties'],
              properties: { properties: { type: 'string' } },
            },
            { type: 'null' },
          ],
        },
      },
    })
  })

  it('may be a union told apart by a key, recursive, or strict already', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('square'), side: z.number() }),
    ])
    const { properties } = prepareOutput(z.object({ shape })).jsonSchema as {
      properties: { shape: { anyOf: unknown[] } }
    }
    expect(properties.shape.anyOf).toHaveLength(2)
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node)
      },
    })
    expect(prepareOutput(node).jsonSchema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(prepareOutput(z.strictObject({ a: z.string() })).jsonSchema).toMatchObject({ required: ['a'] })
  })

  it.each([
    ['output.a.b', z.object({ a: z.object({ b: z.string().optional() }) })],
    ['output.a', z.object({ a: z.string().default('x') })],
    ['output.a', z.object({ a: z.unknown() })],
    ['output.a', z.object({ a: z.record(z.string(), z.string()) })],
    ['output.a', z.object({ a: z.looseObject({ b: z.string() }) })],
    ['output.a', z.object({ a: z.intersection(z.object({ b: z.string() }), z.string()) })],
    ['output.list[].a', z.object({ list: z.array(z.object({ a: z.string().optional() })) })],
    ['output', z.array(z.string())],
    ['output', z.object({ when: z.date() })],
  ])('that strict mode cannot take is refused with the path %s', (option, schema) => {
    expect(() => prepareOutput(schema as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', option }),
    )
  })

  it.each([null, {}, { '~standard': {} }, { '~standard': { validate: () => ({}) } }])(
    'is told from something else: %j',
    (value) => {
      expect(() => prepareOutput(value as never)).toThrow(expect.objectContaining({ option: 'output' }))
    },
  )
})

describe('an answer', () => {
  const { parse } = prepareOutput(z.object({ list: z.array(z.object({ n: z.number() })) }))

  it('is parsed and checked', async () => {
    expect(await parse('{"list":[{"n":1}]}')).toEqual({ list: [{ n: 1 }] })
  })

  it.each([
    ['', 'not valid JSON'],
    ['Sure! {"list":[]}', 'not valid JSON'],
    ['null', 'match'],
    ['{}', 'at list'],
    ['{"list":[{"n":1},{"n":"2"}]}', 'at list.1.n'],
  ])('that does not match is refused, with the path: %s', async (text, message) => {
    const error = await parse(text).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OutputMismatchError)
    expect(String(error)).toContain(message)
    if (text.length > 4) expect(String(error)).not.toContain(text)
  })

  it('that makes the schema itself throw is refused with the cause', async () => {
    const cause = new Error('refine')
    const schema = z.object({ a: z.string() }).refine(() => {
      throw cause
    })
    await expect(prepareOutput(schema).parse('{"a":"x"}')).rejects.toMatchObject({
      code: 'OUTPUT_MISMATCH',
      cause,
    })
  })
})

it('leaves the schema that it is given as it was, whatever is in it', () => {
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: { enum: { enum: [{ type: 'object', properties: {} }] }, a: { oneOf: [{ type: 'null' }] } },
  }
  const before = structuredClone(schema)
  expect(toStrictForm(schema)).toEqual({
    type: 'object',
    additionalProperties: false,
    properties: { enum: { enum: [{ type: 'object', properties: {} }] }, a: { anyOf: [{ type: 'null' }] } },
  })
  expect(schema).toEqual(before)
})

it('checks a plain JSON schema without changing it', () => {
  expect(() => checkStrictMode('outputSchema', { type: 'object', properties: { a: {} } })).toThrow(
    expect.objectContaining({ option: 'outputSchema' }),
  )
})

it('names a schema that is refused the way its caller does', () => {
  const wrong = z.object({ a: z.string().optional() })
  expect(() => prepareOutput(wrong, 'outputSchema')).toThrow(
    expect.objectContaining({ option: 'outputSchema.a' }),
  )
})
