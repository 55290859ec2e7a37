/** Why a generation failed, in words that name the schema, type or method at fault. */
export class GenerateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GenerateError'
  }
}
