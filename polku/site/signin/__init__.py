"""How staff sign in: a local account with a second factor, or the county's identity provider (OpenID Connect).

Accounts are made by the main user, never by signing up. A local password alone opens nothing: the second factor is set
up at the first sign-in. The identity provider answers for its own second factor.
"""
