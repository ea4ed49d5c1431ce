"""Outbox: messages to people, as rows in the caller's transaction.

Takes: "tell this address this, in this language" from any stage, in the transaction in which the thing happened.
Gives: a message sent at least once by the worker, each repeat under the same id, its state and receipt readable.
Knows no client and no actor: the owning stage points down at `Message` and decides who may see it.
Law: 13/2003 (electronic communication with authorities), 703/2023 (secrecy, so neutral text), 423/2003 (language).
Words: viesti / meddelande, vahvistus / bekräftelse, muistutus / påminnelse, toimituskuittaus / leveranskvittens.
"""
