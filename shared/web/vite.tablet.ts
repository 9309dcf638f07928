import { defineConfig } from 'vite'
import { page } from './vite.common.ts'

export default defineConfig(page('../../field_client/web', 'tablet'))
