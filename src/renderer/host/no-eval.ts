/**
 * Schemas are checked without generated code, which the page's `script-src 'self'` forbids. It stands before
 * every module that makes a schema: they ask when they are made.
 */
import * as z from 'zod'

z.config({ jitless: true })
