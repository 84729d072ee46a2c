"""Staff and their roles in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from users.models import User

admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(UserAdmin, BaseAdmin[User]):  # type: ignore[type-arg]
    """People who log in here; their groups say what they may do."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": (("first_name", "last_name"), "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Single permissions", {"classes": ("tab",), "fields": ("user_permissions",)}),
        ("Record", {"fields": (("last_login", "date_joined"),)}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()  # the two boxes of Django cannot be read out

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Staff with their groups."""
        return super().get_queryset(request).prefetch_related("groups")

    @column("Name")
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name()

    @column("Roles")
    def roles(self, user: User) -> str:
        """Names of the groups."""
        return ", ".join(sorted(group.name for group in user.groups.all()))


@admin.register(Group)
class RoleAdmin(GroupAdmin, BaseAdmin[Group]):
    """Roles: what their members may do."""

    filter_horizontal = ()
