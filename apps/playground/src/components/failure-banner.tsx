/** A banner with the last failure, until it is dismissed. */
import { failure } from "../failure.ts";

export function FailureBanner() {
  const message = failure.value;
  if (message === undefined) return null;
  const dismiss = () => {
    failure.value = undefined;
  };
  return (
    <div class="failure" role="alert">
      <p>
        <strong>Something went wrong.</strong> {message}
      </p>
      <button type="button" onClick={dismiss}>
        Dismiss
      </button>
    </div>
  );
}
