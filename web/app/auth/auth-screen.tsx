import { useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import { asFault } from "../../../src/domain/fault.ts";
import { PASSWORD_CHARS } from "../../../src/protocol/limits.ts";
import { Email, Username } from "../../../src/protocol/user.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { LogoMark } from "../../ui/logo-mark.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { navigate, type Route, useRoute } from "../route.ts";
import { fetchMainScreen } from "../screens.ts";
import "./auth-screen.css";

type FieldName = "login" | "username" | "email" | "display_name" | "password";
type Problems = Partial<Record<FieldName | "form", string>>;

/** Signing in and making an account. Whatever goes wrong, what was typed stays. */
export function AuthScreen({ was_revoked }: { was_revoked: boolean }) {
  const { t } = useTranslation();
  const route = useRoute();
  const client = useParley();
  const isRegister = route.at === "register";
  const [values, setValues] = useState<Record<FieldName, string>>({
    login: "",
    username: "",
    email: "",
    display_name: "",
    password: "",
  });
  const [problems, setProblems] = useState<Problems>({});
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // Who came by an invitation is led back to it, also by way of making an account.
  const invitation = useRef<Route | undefined>(undefined);
  if (route.at === "join") invitation.current = route;

  useEffect(() => {
    document.title = `${t(isRegister ? "auth.register" : "auth.sign_in")} · ${t("app.name")}`;
  }, [t, isRegister]);

  const set = (name: FieldName) => (value: string) => {
    setValues((old) => ({ ...old, [name]: value }));
    setProblems((old) => {
      if (old[name] === undefined && old.form === undefined) return old;
      const { [name]: _settled, form: _form, ...rest } = old;
      return rest;
    });
  };

  /** What this device can tell without asking the server. */
  function check(): Problems {
    const found: Problems = {};
    if (!isRegister) {
      if (values.login.trim() === "") found.login = t("auth.missing_login");
      if (values.password === "") found.password = t("auth.missing_password");
      return found;
    }
    if (values.username.trim() === "") found.username = t("auth.missing_username");
    else if (!Username.safeParse(values.username.trim()).success) found.username = t("auth.bad_username");
    if (!Email.safeParse(values.email.trim()).success) found.email = t("auth.bad_email");
    if (values.password.length < PASSWORD_CHARS.min) found.password = t("auth.short_password");
    return found;
  }

  /** Puts a refusal beside the field it is about. */
  function place(thrown: unknown): Problems {
    const words = faultWords(t, thrown);
    switch (asFault(thrown)?.code) {
      case "username_taken":
        return { username: words };
      case "email_taken":
        return { email: words };
      case "weak_password":
        return { password: words };
      default:
        return { form: words };
    }
  }

  function show(found: Problems): void {
    setProblems(found);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }

  async function submit(): Promise<void> {
    const found = check();
    if (Object.keys(found).length > 0) {
      show(found);
      return;
    }
    setBusy(true);
    setProblems({});
    fetchMainScreen();
    try {
      const name = values.display_name.trim();
      if (isRegister)
        await client.register({
          username: values.username.trim(),
          email: values.email.trim(),
          password: values.password,
          ...(name === "" ? {} : { display_name: name }),
        });
      else await client.signIn(values.login.trim(), values.password);
      if (invitation.current !== undefined) navigate(invitation.current, { replace: true });
      else if (location.pathname === "/sign-in" || location.pathname === "/register")
        navigate({ at: "home" }, { replace: true });
    } catch (thrown) {
      setBusy(false);
      show(place(thrown));
    }
  }

  return (
    <main className="auth">
      <div className="auth-card">
        <p className="auth-brand">
          <LogoMark />
          <span>{t("app.name")}</span>
        </p>
        <h1>{t(isRegister ? "auth.register_title" : "auth.sign_in_title")}</h1>
        <p className="auth-tagline">{t("app.tagline")}</p>
        {invitation.current !== undefined && problems.form === undefined && (
          <p className="auth-note" role="status">
            {t("join.sign_in_first")}
          </p>
        )}
        {was_revoked && problems.form === undefined && (
          <p className="auth-note" role="status">
            {t("auth.revoked")}
          </p>
        )}
        <Form
          ref={form}
          className="auth-form"
          validationBehavior="aria"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isBusy) void submit();
          }}
        >
          {isRegister ? (
            <>
              <Field
                key="display_name"
                label={t("auth.display_name")}
                name="name"
                autoComplete="name"
                hint={t("auth.display_name_hint")}
                value={values.display_name}
                onChange={set("display_name")}
                maxLength={80}
                autoFocus
              />
              <Field
                key="username"
                label={t("auth.username")}
                name="username"
                autoComplete="username"
                hint={t("auth.username_hint")}
                value={values.username}
                onChange={set("username")}
                error={problems.username}
              />
              <Field
                key="email"
                label={t("auth.email")}
                name="email"
                type="email"
                autoComplete="email"
                value={values.email}
                onChange={set("email")}
                error={problems.email}
              />
            </>
          ) : (
            <Field
              key="login"
              label={t("auth.login")}
              name="username"
              autoComplete="username"
              value={values.login}
              onChange={set("login")}
              error={problems.login}
              autoFocus
            />
          )}
          <Field
            key={isRegister ? "new-password" : "password"}
            label={t("auth.password")}
            name="password"
            type="password"
            autoComplete={isRegister ? "new-password" : "current-password"}
            {...(isRegister ? { hint: t("auth.password_hint") } : {})}
            value={values.password}
            onChange={set("password")}
            error={problems.password}
            maxLength={PASSWORD_CHARS.max}
          />
          {problems.form !== undefined && (
            <p className="auth-problem" role="alert">
              {problems.form}
            </p>
          )}
          <Button type="submit" look="primary" isPending={isBusy}>
            {t(isRegister ? "auth.register" : "auth.sign_in")}
          </Button>
        </Form>
        <p className="auth-other">
          {t(isRegister ? "auth.has_account" : "auth.no_account")}{" "}
          <a
            href={isRegister ? "/sign-in" : "/register"}
            onClick={(event) => {
              event.preventDefault();
              setProblems({});
              navigate({ at: isRegister ? "sign_in" : "register" });
            }}
          >
            {t(isRegister ? "auth.sign_in" : "auth.register")}
          </a>
        </p>
      </div>
    </main>
  );
}
