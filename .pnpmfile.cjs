/** Published manifests leave out what only the workspace needs: the condition under which packages are read from their sources. */
const withoutSources = (target) =>
  typeof target === "string"
    ? target
    : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== "@tapegrad/source"));

module.exports = {
  hooks: {
    beforePacking: ({ devDependencies: _, ...manifest }) => ({
      ...manifest,
      exports: Object.fromEntries(
        Object.entries(manifest.exports).map(([path, target]) => [path, withoutSources(target)]),
      ),
    }),
  },
};
