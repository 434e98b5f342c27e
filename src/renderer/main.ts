/**
 * Schemas are checked without generated code, which the page's policy forbids and the console would tell
 * of. They ask when they are made, so this comes before every module that makes one.
 */
import * as z from 'zod'
import './theme/base.css'

z.config({ jitless: true })
void import('./window.ts')
