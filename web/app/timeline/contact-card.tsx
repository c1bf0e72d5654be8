import { Mail, MessageCircle, Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ContactContent } from "../../../src/protocol/content.ts";
import { Avatar } from "../../ui/avatar.tsx";
import "./contact-card.css";
import { useRowVerbs } from "./row-verbs.ts";

/** Somebody's card: who they are, and the ways to reach them. */
export function ContactCard({ contact, is_active }: { contact: ContactContent; is_active: boolean }) {
  const { t } = useTranslation();
  const verbs = useRowVerbs();
  const { name, user_id, phone, email } = contact;
  const tabIndex = is_active ? 0 : -1;
  return (
    <div className="contact">
      <div className="contact-head">
        <Avatar id={user_id ?? name} name={name} />
        <span className="contact-words">
          <strong dir="auto">{name}</strong>
          <small>{t(user_id === undefined ? "contact.card" : "contact.here")}</small>
        </span>
      </div>
      {phone !== undefined && (
        <a href={`tel:${phone.replace(/[^+\d]/g, "")}`} className="contact-way" tabIndex={tabIndex}>
          <Phone aria-hidden="true" />
          <span dir="ltr">{phone}</span>
        </a>
      )}
      {email !== undefined && (
        <a href={`mailto:${encodeURIComponent(email).replace("%40", "@")}`} className="contact-way" tabIndex={tabIndex}>
          <Mail aria-hidden="true" />
          <span dir="ltr">{email}</span>
        </a>
      )}
      {user_id !== undefined && (
        <button type="button" className="contact-way" tabIndex={tabIndex} onClick={() => verbs.writeTo(user_id)}>
          <MessageCircle aria-hidden="true" />
          {t("contact.write")}
        </button>
      )}
    </div>
  );
}
