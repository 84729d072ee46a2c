"""Staff and their roles in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from users.admin.permissions import PermissionsField, PermissionTicks
from users.models import User

admin.site.unregister(Group)
PERMISSIONS = Permission.objects.select_related("content_type")


class TicksAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rights are ticks: boxes to move names between cannot be read out, nor used on a phone."""

    filter_horizontal = ()

    def formfield_for_manytomany(
        self,
        db_field: "ManyToManyField[Any, Any]",
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> Any:
        """Show permissions by what they are about, and roles one below the other."""
        if db_field.related_model is Permission:
            ticks = {"form_class": PermissionsField, "widget": PermissionTicks}
            kwargs |= {**ticks, "queryset": PERMISSIONS}
        else:
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[arg-type]


@admin.register(User)
class StaffAdmin(TicksAdmin, UserAdmin, BaseAdmin[User]):  # type: ignore[type-arg]
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
class RoleAdmin(TicksAdmin, GroupAdmin, BaseAdmin[Group]):
    """Roles: what their members may do."""
