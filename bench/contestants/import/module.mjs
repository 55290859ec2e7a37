/** Imports a module; run in a process that has imported nothing else of weight. */
export async function run(_count, { module }) {
  await import(module)
  return 1
}
