import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isDelta } from '../../src/client/is-delta.js'
import { mapNotification } from '../../src/client/map-notification.js'
import type { ServerNotification } from '../../src/protocol/index.js'

const manifest = JSON.parse(
  readFileSync(new URL('../../protocol-manifest.json', import.meta.url), 'utf8'),
) as { readonly serverNotifications: Readonly<Record<string, unknown>> }

it('knows the notifications that become deltas of an item, and no others', () => {
  const params = { threadId: 't', turnId: 'u', itemId: 'i', delta: 'd', summaryIndex: 0, contentIndex: 0 }
  const methods = [...Object.keys(manifest.serverNotifications), 'brand/new', 'item/new/delta']
  for (const method of methods) {
    const message = { method, params } as unknown as ServerNotification
    expect([method, isDelta(message)]).toEqual([method, 'delta' in mapNotification(message, 't', 'u')])
  }
  expect(methods.filter((method) => isDelta({ method } as ServerNotification))).toHaveLength(5)
})
