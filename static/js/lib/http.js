/** JSON over fetch with Django's CSRF cookie, a time limit and errors one can switch on. */

/** The server answered, and the answer is no. `body` is the whole parsed answer. */
export class HttpError extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `The server answered ${status}.`);
    this.name = "HttpError";
    this.status = status;
    this.code = body?.error?.code ?? `http_${status}`;
    this.fields = body?.error?.fields ?? {};
    this.body = body;
  }

  /**
   * Signed out or a stale CSRF token: the request is sound and may be sent again after a sign-in. Any other 403 is
   * meant: this person may not do this.
   */
  get signedOut() {
    if (this.status === 403) return this.code !== "permission_denied" || /csrf/i.test(this.message);
    return this.status === 401;
  }

  get transient() {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** The server could not be reached in time. The request may or may not have arrived. */
export class NetworkError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "NetworkError";
  }
}

/** True where the same request may succeed later without anybody changing it. */
export function worthRetrying(error) {
  return error instanceof NetworkError || (error instanceof HttpError && (error.transient || error.signedOut));
}

export function csrfToken(cookies) {
  const pair = cookies.split("; ").find((entry) => entry.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

async function parsed(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json")) return response.json();
  // An expired session answers an API call with the HTML of the sign-in page.
  if (response.redirected || type.includes("html")) {
    throw new HttpError(response.ok ? 401 : response.status, null);
  }
  return null;
}

/**
 * @param {{fetch: typeof fetch, cookies: () => string, timeoutMs?: number, sendBeacon?: Function}} parts
 * @returns {{get, post, put, form, beacon}} each of the first three resolves to {status, body}
 */
export function createHttp({ fetch, cookies, timeoutMs = 15000, sendBeacon }) {
  async function send(method, url, data, { signal } = {}) {
    const limit = AbortSignal.timeout(timeoutMs);
    const headers = { Accept: "application/json" };
    if (method !== "GET") {
      headers["X-CSRFToken"] = csrfToken(cookies());
      headers["Content-Type"] = "application/json";
    }
    const body = method === "GET" ? undefined : JSON.stringify(data ?? {});
    let response;
    let answer;
    try {
      response = await fetch(url, {
        method, headers, body, credentials: "same-origin", signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      answer = await parsed(response);
    } catch (error) {
      if (signal?.aborted || error instanceof HttpError) throw error;
      throw new NetworkError(`No answer from ${url}.`, { cause: error });
    }
    if (!response.ok) throw new HttpError(response.status, answer);
    return { status: response.status, body: answer };
  }

  /**
   * Posts the form of a page, as a browser without scripts would. True when the answer leads on to another page, which
   * is how Django says yes; false when it shows the form again.
   */
  async function form(url, fields) {
    const ask = (options) => fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs), ...options });
    try {
      // The page of the form sets the cookie that its token goes by.
      if (!csrfToken(cookies())) await ask({ method: "GET" });
      const body = new URLSearchParams({ csrfmiddlewaretoken: csrfToken(cookies()), ...fields });
      const answer = await ask({ method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") return true;
      if (answer.ok) return false;
      throw new HttpError(answer.status, null);
    } catch (error) {
      if (error instanceof HttpError) throw error;
      throw new NetworkError(`No answer from ${url}.`, { cause: error });
    }
  }

  return {
    get: (url, options) => send("GET", url, undefined, options),
    post: (url, data, options) => send("POST", url, data, options),
    put: (url, data, options) => send("PUT", url, data, options),
    form,
    /** Fire and forget while the page goes away. Beacons carry no headers, so the CSRF token rides in the form. */
    beacon(url, fields) {
      const form = new FormData();
      form.set("csrfmiddlewaretoken", csrfToken(cookies()));
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      return sendBeacon(url, form);
    },
  };
}
