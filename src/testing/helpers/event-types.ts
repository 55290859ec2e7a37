interface Typed {
  readonly type: string
}

/** The types of events, in order. */
export function typesOf<T extends Typed>(events: Iterable<T>): T['type'][] {
  return Array.from(events, (event) => event.type)
}

/** The events of one type, in order, narrowed to it. */
export function eventsOfType<T extends Typed, Type extends T['type']>(
  events: Iterable<T>,
  type: Type,
): Extract<T, { readonly type: Type }>[] {
  return Array.from(events).filter(
    (event): event is Extract<T, { readonly type: Type }> => event.type === type,
  )
}
