/** The frame of the page: navigation, failures, and the view that the address names. */
import { signal } from "@preact/signals";
import { FailureBanner } from "./components/failure-banner.tsx";
import { Navigation } from "./navigation.tsx";
import { firstView, views } from "./views.ts";

const address = signal(location.hash.slice(1));
window.addEventListener("hashchange", () => {
  address.value = location.hash.slice(1);
});

export function App() {
  const exists = views.some(({ id, component }) => id === address.value && component !== null);
  const current = exists ? address.value : firstView;
  const View = views.find(({ id }) => id === current)?.component;
  return (
    <div class="frame">
      <Navigation views={views} current={current} />
      <main>
        <FailureBanner />
        {View && <View />}
      </main>
    </div>
  );
}
