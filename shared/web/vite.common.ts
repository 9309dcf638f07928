// One build for both pages: sources outside this folder, packages from here, hashed assets, nothing inline.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { UserConfig } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const packages = ['vue', 'vue-router', 'vue-i18n', 'vant', 'element-plus']

export function page(root: string, name: string): UserConfig {
  return {
    root: fileURLToPath(new URL(root, import.meta.url)),
    plugins: [vue()],
    resolve: {
      alias: [
        { find: '@look', replacement: `${here}src` },
        // The pages live beside their programs, so their packages are named here.
        ...packages.map((name) => ({ find: new RegExp(`^${name}(/.*)?$`), replacement: `${here}node_modules/${name}$1` })),
      ],
    },
    build: {
      outDir: process.env.DOUDI_WEB_OUT ?? `${here}../../build/web/${name}`,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2000,
    },
  }
}
