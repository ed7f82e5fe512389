/** Signing in again without leaving the page: the work under the dialog stays where it is and is sent afterwards. */

/**
 * @param {{dialog: HTMLDialogElement, send: (username, password) => Promise<boolean>, welcome: Function,
 *   opened: Function, closed: Function, t}} parts the form holds the name of the person whose work this is
 */
export function createSignIn({ dialog, send, welcome, opened, closed, t }) {
  const form = dialog.querySelector("form");
  const { username, password } = form.elements;
  const note = dialog.querySelector("[data-part=sign-in-note]");
  const button = form.querySelector("[type=submit]");
  let told = false;

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    note.textContent = "";
    try {
      if (await send(username.value, password.value)) {
        dialog.close();
        welcome();
      } else {
        note.textContent = t("sign_in_wrong");
        password.select();
      }
    } catch (error) {
      note.textContent = t("sign_in_failed", { reason: error.message });
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", submit);
  dialog.addEventListener("close", () => {
    password.value = "";
    closed();
  });

  function open() {
    if (dialog.open) return;
    note.textContent = "";
    opened();
    dialog.showModal();
    password.focus();
  }

  return {
    open,
    /** Opens once each time that somebody turns out to be signed out; whoever closes it has the light to open it again. */
    watch(signedOut) {
      if (signedOut && !told) open();
      told = signedOut;
    },
  };
}
