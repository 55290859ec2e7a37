import type { Received, ServerNotification } from '../../protocol/index.js'
import { type Fields, fieldsOf, textOf } from './fields.js'
import { type ThreadItem, toCommandItem, toEndedCommand, toFileChanges, toMcpItem } from './legacy-items.js'
import { type ItemScope, itemCompleted, itemStarted } from './legacy-texts.js'
import { notification } from './notification.js'

/** A call that has begun and not ended. */
interface OpenCall {
  item: ThreadItem
  /** Whether Codex asked for an approval of it. */
  wasAsked: boolean
  /** Whether Codex has begun to carry it out, and not just asked whether it may. */
  hasBegun: boolean
  /** One decoder for each stream: a character may be cut across two chunks. */
  readonly decoders: Map<unknown, InstanceType<typeof TextDecoder>>
}

/**
 * The tool calls of a turn of the older dialect. They are named by their call's id, which is the item's id in
 * the current one.
 */
export class LegacyTools {
  readonly #scope: ItemScope
  readonly #open = new Map<string, OpenCall>()

  constructor(scope: ItemScope) {
    this.#scope = scope
  }

  /**
   * Translates an event of a tool call; `undefined` when it is none.
   *
   * @param isItemised - whether web searches are told as items as well
   */
  translate(type: string, msg: Fields, isItemised: boolean): readonly ServerNotification[] | undefined {
    const callId = textOf(msg.call_id)
    if (callId === undefined) return undefined
    switch (type) {
      case 'exec_command_begin':
        return this.#begin(callId, () => toCommandItem(callId, msg), { hasBegun: true })
      case 'exec_approval_request':
        return this.#begin(callId, () => toCommandItem(callId, msg), { wasAsked: true })
      case 'exec_command_output_delta':
        return this.#output(callId, msg)
      case 'exec_command_end':
        return this.#end(
          callId,
          ({ item, wasAsked }) => toEndedCommand(item, msg, wasAsked),
          () => toCommandItem(callId, msg),
        )
      case 'apply_patch_approval_request':
        return this.#begin(callId, () => patchItem(callId, msg, 'inProgress'), { wasAsked: true })
      case 'patch_apply_begin':
        return this.#begin(callId, () => patchItem(callId, msg, 'inProgress'), { hasBegun: true })
      case 'patch_apply_end': {
        const status = msg.success === true ? 'completed' : 'failed'
        return this.#end(
          callId,
          ({ item }) => ({ ...item, status }) as ThreadItem,
          () => patchItem(callId, msg, status),
        )
      }
      case 'mcp_tool_call_begin':
        return this.#begin(callId, () => toMcpItem(callId, msg), { hasBegun: true })
      case 'mcp_tool_call_end':
        return this.#end(
          callId,
          () => toMcpItem(callId, msg),
          () => toMcpItem(callId, msg),
        )
      case 'web_search_begin':
        return isItemised ? [] : this.#begin(callId, () => searchItem(callId, msg), { hasBegun: true })
      case 'web_search_end':
        return isItemised
          ? []
          : this.#end(
              callId,
              () => searchItem(callId, msg),
              () => searchItem(callId, msg),
            )
      case 'view_image_tool_call': {
        const item: ThreadItem = { type: 'imageView', id: callId, path: textOf(msg.path) ?? '' }
        return [itemStarted(this.#scope, item), itemCompleted(this.#scope, item)]
      }
    }
    return undefined
  }

  /** Ends the patches that were asked for and never begun: the older dialect does not say that they were declined. */
  declinePatches(): readonly ServerNotification[] {
    const declined: ServerNotification[] = []
    for (const [callId, { item, wasAsked, hasBegun }] of this.#open) {
      if (item.type !== 'fileChange' || !wasAsked || hasBegun) continue
      this.#open.delete(callId)
      declined.push(itemCompleted(this.#scope, { ...item, status: 'declined' } as ThreadItem))
    }
    return declined
  }

  #begin(
    callId: string,
    make: () => ThreadItem,
    what: { readonly wasAsked?: true; readonly hasBegun?: true },
  ): readonly ServerNotification[] {
    const open = this.#open.get(callId)
    if (open) {
      open.wasAsked ||= what.wasAsked === true
      open.hasBegun ||= what.hasBegun === true
      return []
    }
    const item = make()
    const { wasAsked = false, hasBegun = false } = what
    this.#open.set(callId, { item, wasAsked, hasBegun, decoders: new Map() })
    return [itemStarted(this.#scope, item)]
  }

  #end(
    callId: string,
    ended: (open: OpenCall) => ThreadItem,
    make: () => ThreadItem,
  ): readonly ServerNotification[] {
    const open = this.#open.get(callId) ?? {
      item: make(),
      wasAsked: false,
      hasBegun: true,
      decoders: new Map(),
    }
    this.#open.delete(callId)
    return [itemCompleted(this.#scope, ended(open))]
  }

  #output(callId: string, msg: Fields): readonly ServerNotification[] | undefined {
    const { threadId, turnId } = this.#scope
    const open = this.#open.get(callId)
    const chunk = textOf(msg.chunk)
    if (!open || chunk === undefined) return undefined
    const decoder = open.decoders.get(msg.stream) ?? new TextDecoder()
    open.decoders.set(msg.stream, decoder)
    const delta = decoder.decode(Buffer.from(chunk, 'base64'), { stream: true })
    if (delta === '') return []
    const params = { threadId, turnId, itemId: callId, delta }
    // Measured: a patch that was approved is applied by a command, whose output carries the patch's call id.
    return open.item.type === 'fileChange'
      ? [notification('item/fileChange/outputDelta', params)]
      : [notification('item/commandExecution/outputDelta', params)]
  }
}

function patchItem(callId: string, msg: Fields, status: Received.PatchApplyStatus): ThreadItem {
  return { type: 'fileChange', id: callId, changes: toFileChanges(fieldsOf(msg.changes)), status }
}

function searchItem(callId: string, msg: Fields): ThreadItem {
  return { type: 'webSearch', id: callId, query: textOf(msg.query) ?? '' }
}
