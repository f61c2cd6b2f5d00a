"""The blueprint that the rooms of this door share."""

from flask import Blueprint

from app.core import identifiers
from app.partners import addresses

blueprint = Blueprint("partners_desk", __name__)
blueprint.add_app_template_filter(identifiers.show_phone, "show_phone")
blueprint.add_app_template_filter(addresses.address_of, "link_address")
