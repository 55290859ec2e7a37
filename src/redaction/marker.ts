/** What stands in for everything that was removed. The redactor never changes it. */
export const REDACTED = '[redacted]'
